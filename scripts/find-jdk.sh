# Sets JAVA_HOME to a JDK 25 or newer; sourced by ./loupe and ./mvnw. Looks at JAVA_HOME, at the java on the path, then
# where systems and version managers keep their JDKs. Leaves LOUPE_JDK_FOUND empty when there is none.

# The feature release of the JDK in $1, read from its release file (no process is started), or nothing.
jdk_release() {
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

find_jdk() {
  java_on_path=$(command -v java 2>/dev/null || true)
  if [ -n "$java_on_path" ]; then
    java_on_path=$(readlink -f "$java_on_path" 2>/dev/null || printf '%s' "$java_on_path")
    java_on_path=${java_on_path%/bin/java}
  fi
  LOUPE_JDK_FOUND=
  for candidate in "${JAVA_HOME:-}" "$java_on_path" \
    /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "${HOME:-/nowhere}"/.sdkman/candidates/java/* "${HOME:-/nowhere}"/.jdks/* "${HOME:-/nowhere}"/.local/share/mise/installs/java/*; do
    [ -n "$candidate" ] || continue
    release=$(jdk_release "$candidate")
    if [ -n "$release" ] && [ "$release" -ge 25 ]; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      LOUPE_JDK_FOUND=$candidate
      return 0
    fi
  done
  return 0
}
