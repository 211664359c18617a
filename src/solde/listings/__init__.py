"""Lists, described once: their columns, filters, orders and words. Pages, files, routes and commands are made from them."""
