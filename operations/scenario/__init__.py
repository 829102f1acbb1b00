"""A week of the company's work, played on the demo data through the services that staff use."""
