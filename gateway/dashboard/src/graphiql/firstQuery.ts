/** What the editor shows at first. Names no campaign: it asks which ones there are. */
export const FIRST_QUERY = `# Every campaign that your token sees.
# Ctrl-Space completes, Ctrl-Enter asks.
{
  campaigns {
    edges {
      node {
        code
        name
        asOf
        labels
        totals {
          indicator { code name }
          quota
          achieved
          outstanding
          rate { numerator denominator printed }
          coverage { reported expected }
          labels
        }
      }
    }
  }
}
`;
