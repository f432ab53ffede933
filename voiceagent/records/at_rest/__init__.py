"""What lies encrypted on disk, and the keys to it: one key for each call and retention class, so that a class can be
made unreadable for good by deleting one row, wherever copies of the files may be."""
