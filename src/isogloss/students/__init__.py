"""Kinds of student, each behind the protocol `isogloss.students.kinds.Student`."""
