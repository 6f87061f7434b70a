from tuning.memory import available_memory_bytes, training_memory_bytes


def test_estimate_is_three_times_the_activations_and_four_times_the_weights_in_float32():
    # 2 images: 2*10*10*3 + 2*5 values of activations, 7 weights.
    assert training_memory_bytes([(None, 10, 10, 3), (None, 5)], batch_size=2, parameter_count=7) == 4 * (3 * 610 + 4 * 7)


def _system(root, meminfo, limit=None, used=None):
    (root / "proc").mkdir()
    (root / "sys/fs/cgroup").mkdir(parents=True)
    (root / "proc/meminfo").write_text(meminfo)
    if limit is not None:
        (root / "sys/fs/cgroup/memory.max").write_text(limit)
        (root / "sys/fs/cgroup/memory.current").write_text(used)
    return root


def test_available_memory_of_the_machine(tmp_path):
    system = _system(tmp_path, "MemTotal: 900 kB\nMemAvailable:   100 kB\n")
    assert available_memory_bytes(system) == 102_400


def test_available_memory_is_bound_by_the_control_group(tmp_path):
    system = _system(tmp_path, "MemAvailable: 100 kB\n", "5000\n", "2000\n")
    assert available_memory_bytes(system) == 3000


def test_a_control_group_without_limit_does_not_bind(tmp_path):
    system = _system(tmp_path, "MemAvailable: 100 kB\n", "max\n", "2000\n")
    assert available_memory_bytes(system) == 102_400


def test_unknown_where_the_system_does_not_tell(tmp_path):
    assert available_memory_bytes(tmp_path) is None
