"use strict";
// Sorting only: the page is complete without it.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const headers = table.tHead.rows[table.tHead.rows.length - 1].cells;
  if (body.rows.length < 2) continue;
  Array.from(headers).forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const direction = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of headers) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
      const key = (row) => {
        const cell = row.cells[column];
        const text = (cell.dataset.value ?? cell.textContent).trim();
        const number = parseFloat(text.replace(/,/g, ""));
        return header.classList.contains("number") ? (Number.isNaN(number) ? null : number) : text;
      };
      const compare = (a, b) => {
        if (a === null || b === null) return (a === null) - (b === null);
        return direction * (typeof a === "number" ? a - b : a.localeCompare(b));
      };
      body.append(...Array.from(body.rows).map((row) => [key(row), row]).sort((a, b) => compare(a[0], b[0])).map((pair) => pair[1]));
    });
  });
}
