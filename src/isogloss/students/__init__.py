"""The ways of building a student, behind one door: `isogloss.students.build.build_student`."""
