"""How fast the buying portal's sheet is taken over, beside import-export's default and bare bulk_create."""
