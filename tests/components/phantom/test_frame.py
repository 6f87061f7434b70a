import numpy as np

from components.phantom.frame import Frame, soft_step


def test_standard_frame_spans_the_detector():
    x, y = Frame(0, 0, 1, 1, 0, 0, 0).body_coordinates(4)
    np.testing.assert_allclose(x[0], [-0.75, -0.25, 0.25, 0.75])
    np.testing.assert_allclose(y[:, 2], [-0.75, -0.25, 0.25, 0.75])


def test_points_go_back_to_their_pixels():
    frame = Frame(0.05, -0.03, 1.07, 0.95, 0.1, 0, 0)
    x, y = frame.body_coordinates(64)
    rows, columns = np.array([3, 20, 60]), np.array([10, 40, 5])
    points = np.stack([x[rows, columns], y[rows, columns]], axis=1).astype(np.float64)
    np.testing.assert_allclose(frame.to_pixels(points, 64), np.stack([columns, rows], axis=1), atol=1e-4)


def test_soft_step_by_hand():
    # 3 r^2 - 2 r^3 at r = 0, 0, 1/4, 1/2, 1, 1
    steps = soft_step(np.array([-5, -2, -1, 0, 2, 5], np.float32), 2)
    np.testing.assert_allclose(steps, [0, 0, 0.15625, 0.5, 1, 1], atol=1e-6)
