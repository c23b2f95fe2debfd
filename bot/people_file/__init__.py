"""The roll as a file: read and checked, written as a template, and the sheet of binding codes."""

from bot.people_file.check import Checked, Fault, check, faults_said
from bot.people_file.codes import CodeCard, NewCode, cards, hashes, new_codes, write_code_sheet
from bot.people_file.table import FileFault, Table, read_table
from bot.people_file.template import write_template

__all__ = [
    "Checked",
    "CodeCard",
    "Fault",
    "FileFault",
    "NewCode",
    "Table",
    "cards",
    "check",
    "faults_said",
    "hashes",
    "new_codes",
    "read_table",
    "write_code_sheet",
    "write_template",
]
