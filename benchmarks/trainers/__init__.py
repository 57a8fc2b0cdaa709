"""The same trainings by several tools, each as its own documentation writes it:
`python -m benchmarks.trainers.NAME JOB.json`.
"""
