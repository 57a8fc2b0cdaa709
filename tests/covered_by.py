"""Which test file covers a module that has none at the mirrored path: `tests/A/test_B.py` is the
place of `tftune/A/B.py`. Checked by `test_architecture.py`, shown by CONTRIBUTING.md.
"""

from __future__ import annotations

# By test file, below tests/: the modules, below tftune/.
COVERED_BY: dict[str, list[str]] = {
    "cli/test_program.py": ["beans.py", "hemolysis.py", "cli/planning.py", "cli/terminal.py"],
    "cli/test_options.py": [
        "cli/converters.py",
        "cli/method_options.py",
        "cli/run_options.py",
        "cli/search_options.py",
    ],
    "datasets/test_bean_leaves.py": ["datasets/image_folder.py", "datasets/prepared_beans.py"],
    "execution/test_processes.py": [
        "execution/base.py",
        "execution/child.py",
        "execution/choose.py",
        "execution/fork_server.py",
        "execution/machine.py",
        "execution/preload.py",
    ],
    "execution/test_ray_cluster.py": [
        "execution/ray_actor.py",
        "execution/ray_files.py",
        "execution/ray_session.py",
    ],
    "journal/test_journal.py": ["journal/records.py"],
    "models/test_hypermodels.py": ["models/hypermodel.py"],
    "oracles/bayesian/test_fast_gp.py": ["oracles/bayesian/auto.py", "oracles/bayesian/warping.py"],
    "oracles/bayesian/test_gp.py": [
        "oracles/bayesian/blas.py",
        "oracles/bayesian/skopt_oracle.py",
        "oracles/bayesian/skopt_space.py",
        "oracles/bayesian/surrogate.py",
    ],
    "oracles/bayesian/test_tpe.py": ["oracles/bayesian/parzen.py"],
    "oracles/core/test_hazards.py": [
        "oracles/core/bookkeeping.py",
        "oracles/core/hooks.py",
        "oracles/core/results.py",
        "oracles/core/saving.py",
        "oracles/core/storage.py",
    ],
    "oracles/multifidelity/test_hyperband.py": ["oracles/multifidelity/brackets.py"],
    "oracles/population/test_evolution.py": ["oracles/population/population.py"],
    "oracles/population/test_nevergrad_engine.py": [
        "oracles/population/differential_evolution.py",
        "oracles/population/particle_swarm.py",
    ],
    "oracles/sampling/test_low_discrepancy.py": [
        "oracles/sampling/halton.py",
        "oracles/sampling/hammersley.py",
        "oracles/sampling/latin_hypercube.py",
        "oracles/sampling/poisson_disk.py",
        "oracles/sampling/sobol.py",
    ],
    "oracles/strategies/test_coarse_to_fine.py": ["oracles/strategies/staged.py"],
    "oracles/strategies/test_narrowing.py": ["oracles/core/tried.py"],
    "oracles/test_contract.py": ["oracles/core/make.py", "oracles/core/oracle.py"],
    "reports/test_live.py": ["reports/lines.py", "reports/screens.py"],
    "reports/test_tensorboard_log.py": ["reports/events.py", "reports/hparams.py"],
    "schedulers/test_asha.py": ["schedulers/rungs.py"],
    "schedulers/test_contract.py": ["schedulers/base.py", "schedulers/make.py"],
    "schedulers/test_curve_fit.py": ["schedulers/curve_shapes.py", "schedulers/extrapolation.py"],
    "schedulers/test_curves.py": ["schedulers/values.py"],
    "search/test_driver.py": [
        "journal/recorder.py",
        "journal/run_folder.py",
        "journal/status.py",
        "search/session.py",
    ],
    "search/test_tuner.py": [
        "journal/provenance.py",
        "search/planned_tuner.py",
        "search/results.py",
        "training/arrays.py",
    ],
    "space/test_search_space.py": [
        "space/enumeration.py",
        "space/knob.py",
        "space/knob_records.py",
    ],
    "test_architecture.py": ["errors.py"],
    "training/test_trial.py": [
        "training/callbacks.py",
        "training/checkpoints.py",
        "training/evaluate.py",
        "training/fitting.py",
        "training/recipe.py",
        "training/settings.py",
        "training/task.py",
    ],
}
