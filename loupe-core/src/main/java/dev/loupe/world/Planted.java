package dev.loupe.world;

/** Documents that are planted for questions of influence. */
final class Planted implements Source {
  Planted(World world) {}

  @Override
  public long remaining() {
    return 0;
  }

  @Override
  public Draft next() {
    return new Draft();
  }
}
