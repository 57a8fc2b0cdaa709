"""What a user passes to `search()`: told apart, checked, fingerprinted, and sent to where trials
run. It means what it means to `model.fit`.
"""
