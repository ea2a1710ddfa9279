-- Which units became which, as quota tells it: edges are added and never changed. Units and their successions are
-- nobody's figures: what a token may see of them is decided where they are shown.
CREATE TABLE succession_copy (
    id bigint PRIMARY KEY,
    day date NOT NULL,
    relation text NOT NULL,
    predecessor_id bigint NOT NULL,
    successor_id bigint,
    weight bigint,
    weights_total bigint,
    is_main boolean NOT NULL
);
CREATE INDEX succession_copy_predecessor ON succession_copy (predecessor_id, day);
CREATE INDEX succession_copy_successor ON succession_copy (successor_id, day);
