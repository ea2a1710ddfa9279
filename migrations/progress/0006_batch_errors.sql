-- All errors of a batch that has more than a receipt shows. `position` tells those of one row apart.
CREATE TABLE batch_error (
    batch_id uuid NOT NULL,
    row integer NOT NULL,
    position integer NOT NULL,
    pointer text NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (batch_id, row, position)
);
