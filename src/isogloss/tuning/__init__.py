"""Hyper-parameters looked for: folds that no sentence crosses, trials that survive, a journal."""
