-- A client's clock that stood still or was set begins a new epoch; within one, times never step.
ALTER TABLE core.clock ADD COLUMN epoch int NOT NULL DEFAULT 0;
