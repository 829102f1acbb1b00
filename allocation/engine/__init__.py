"""The allocation core: which cases go to which store. Pure: no Django, no clock, no database."""
