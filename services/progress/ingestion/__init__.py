"""Reports: a batch is read, each row is judged on its own, and the receipt says what became of it.

Takes JSON, NDJSON of any size, CSV and XLSX.
"""
