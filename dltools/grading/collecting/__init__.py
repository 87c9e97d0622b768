"""From what a platform gives to submitted/STUDENT/UNIT/: unpacked, recognised, told whose it is, laid down."""
