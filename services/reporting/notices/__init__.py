"""The official notice of results (thông báo kết quả), in the form of Decree 30/2020: as DOCX, PDF, XLSX and HTML.

What it says is put into words once (`wording`) and drawn by a process of its own in each format (`rendering`). Nobody's
name is printed: numbers, dates and signatures are put by hand, or come with a snapshot.
"""
