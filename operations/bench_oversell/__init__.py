"""Stock and money are never promised twice: real processes spend the same few units and dollars at once."""
