"""Clock, ids, threads, supervision: the only place that touches the machine's own."""
