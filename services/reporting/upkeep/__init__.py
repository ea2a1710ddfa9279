"""What an operator does to the read model: derive it anew, fill its log again from the owners, compare it with them.

Owns `bonphu reporting rebuild` and `verify`, which run in a process of their own beside any number of replicas: the
projector's lock holds all of them off, readers see the old figures until the commit. Answers no request and runs in
no service.
"""
