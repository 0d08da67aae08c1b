"""Distil a teacher into a student: recipe, pairs, teacher, student, training, scores."""
