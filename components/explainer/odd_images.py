"""What is said of an image that the ingest flags, by the names of schemas.features.QUALITY_FLAGS."""

ODD = {
    "flat": "there is hardly any contrast; the network was made for images that have it",
    "inverted": "the gray scale looks inverted; the network was made for images whose air is black",
    "colour_overlay": "parts are in colour, as on a screenshot or where marks are drawn; the network sees them as gray, and may read them",
    "lateral": "the DICOM header says that this is a lateral view; the network was made for frontal ones",
    "burnt_in": "the DICOM header says that annotations are burnt into the pixels; the network may read them",
}
