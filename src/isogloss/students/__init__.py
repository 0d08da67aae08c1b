"""The ways of building a student, behind one door: `isogloss.students.kinds.build_student`."""
