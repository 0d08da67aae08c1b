"""A model in other forms: an ONNX graph, the same in 8-bit integers, a page for the browser.

Nothing is called good that was not measured: `gate` compares the vectors of every form with those
of the model it came from. Needs the extra `onnx`, which is imported inside the functions.
"""
