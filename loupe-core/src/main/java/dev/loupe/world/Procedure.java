package dev.loupe.world;

/** Makes documents of a kind without end; the same random numbers give the same document. */
interface Procedure {
  Draft next(RandomSource random);

  /** A supply of as many documents as have {@code tokens} on average. */
  default Source source(long seed, Family family, double tokens) {
    int sample = 400;
    RandomSource trial = RandomSource.of(seed, "sample " + family.label());
    long total = 0;
    for (int i = 0; i < sample; i++) {
      total += TokenCount.of(next(trial).text());
    }
    long documents = (long) (tokens * sample / total);
    RandomSource random = RandomSource.of(seed, family.label());
    return new Source() {
      private long remaining = documents;

      @Override
      public long remaining() {
        return remaining;
      }

      @Override
      public Draft next() {
        remaining--;
        return Procedure.this.next(random);
      }
    };
  }
}
