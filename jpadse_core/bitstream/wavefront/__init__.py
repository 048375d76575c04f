"""The label-map coder of JPADSE's own: wavefronts, a small integer network and a range coder."""
