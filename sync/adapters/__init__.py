"""How the outside systems are spoken to: Google Sheets, the panel, the ungating software, Amazon. No Django here."""
