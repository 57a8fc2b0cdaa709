"""ONE SEARCH from plan to result: plan, tuner, driver, proposals, session, results, warm start."""
