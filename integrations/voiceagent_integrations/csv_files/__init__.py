"""A folder of CSV files: enough for a trial, a club or a shop with a spreadsheet."""
