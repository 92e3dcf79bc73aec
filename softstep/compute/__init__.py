"""The walk down the table of rules, also in blocks of very many nodes, and what is done with many walks."""
