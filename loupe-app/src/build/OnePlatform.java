import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Copies ONNX Runtime's jar with the native libraries of this platform alone and without their
 * debug symbols. Part of the build: {@code java OnePlatform.java OLD.jar NEW.jar}.
 */
final class OnePlatform {
  private static final String NATIVE = "ai/onnxruntime/native/";

  private static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String os = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
    String processor = System.getProperty("os.arch");
    boolean isArm = processor.equals("aarch64") || processor.equals("arm64");
    return os + (isArm ? "-aarch64/" : "-x64/");
  }

  public static void main(String[] paths) throws IOException {
    Path to = Path.of(paths[1]);
    Files.createDirectories(to.toAbsolutePath().getParent());
    try (ZipInputStream from = new ZipInputStream(Files.newInputStream(Path.of(paths[0])));
        ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to))) {
      for (ZipEntry each = from.getNextEntry(); each != null; each = from.getNextEntry()) {
        String name = each.getName();
        boolean isOther = name.startsWith(NATIVE) && !name.startsWith(NATIVE + platform());
        if (each.isDirectory() || isOther || name.contains(".dSYM/")) {
          continue;
        }
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(LocalDateTime.of(2026, 1, 1, 0, 0)); // the same jar from every build
        zip.putNextEntry(entry);
        from.transferTo(zip);
        zip.closeEntry();
      }
    }
  }
}
