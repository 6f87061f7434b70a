"""Write a number of things."""


def plural(number: int, noun: str, several: str = "") -> str:
    """Write a number with its noun, as in "1 image" and "1,204 images"."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
