"""Small helpers shared by all modules."""
import csv
import os
import shutil


def read_file_to_list(curr_file, header=False, strip_trail=True):
    """Rows of a CSV file; with header=True the pair (header row, other rows)."""
    with open(curr_file) as csv_file:
        rows = list(csv.reader(csv_file))
    if strip_trail:
        rows = [[cell.strip() for cell in row] for row in rows]
    return (rows[0], rows[1:]) if header else rows


def check_if_file_exists(curr_file):
    return os.path.isfile(curr_file)


def copyanything(src, dst):
    """Copy a folder or a file to a name that is not taken."""
    if os.path.isdir(src):
        shutil.copytree(src, dst)
    else:
        shutil.copy(src, dst)
