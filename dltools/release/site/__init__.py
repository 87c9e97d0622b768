"""The course as a static site: the released units, the reference, the guides and the known mistakes."""
