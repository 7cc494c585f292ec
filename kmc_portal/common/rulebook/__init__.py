"""Rule books: dated rows with a source each, read whole or refused whole, put in force by a second pair of eyes.

An app brings the kinds of its rules (`rows.parse`), a table of versions (`records`) and what a change would do (`keeping`).
"""
