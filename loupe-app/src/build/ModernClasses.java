import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites a jar so that the JVM's start-up cache takes its classes: it leaves out those in the
 * format of before Java 6, and all of ours that implement one of them. The code stays as it is; it
 * gets the stack maps that the newer format asks for. Part of the build: {@code java
 * ModernClasses.java OLD.jar NEW.jar}.
 */
final class ModernClasses {
  private static final ClassTransform REWRITTEN =
      ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
          .andThen(
              (builder, element) -> {
                if (element instanceof ClassFileVersion) {
                  builder.withVersion(ClassFile.JAVA_25_VERSION, 0);
                } else {
                  builder.with(element);
                }
              });

  private final Map<String, byte[]> entries = new LinkedHashMap<>();
  private final ClassFile classes =
      ClassFile.of(
          StackMapsOption.GENERATE_STACK_MAPS,
          ClassHierarchyResolverOption.of(
              ClassHierarchyResolver.ofResourceParsing(this::resource)
                  .orElse(ClassHierarchyResolver.defaultResolver())));

  private InputStream resource(ClassDesc type) {
    String descriptor = type.descriptorString();
    byte[] bytes = entries.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
    return bytes == null ? null : new ByteArrayInputStream(bytes);
  }

  private void rewrite(Path from, Path to) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(from))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (!entry.isDirectory()) {
          entries.put(entry.getName(), zip.readAllBytes());
        }
      }
    }
    Files.createDirectories(to.toAbsolutePath().getParent());
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to))) {
      for (Map.Entry<String, byte[]> each : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(each.getKey());
        entry.setTimeLocal(LocalDateTime.of(2026, 1, 1, 0, 0)); // the same jar from every build
        zip.putNextEntry(entry);
        zip.write(isOld(each.getKey()) ? modern(each.getValue()) : each.getValue());
        zip.closeEntry();
      }
    }
  }

  private static boolean isOld(String name) {
    return name.endsWith(".class")
        && !name.startsWith("META-INF/")
        && !name.equals("module-info.class");
  }

  private byte[] modern(byte[] old) {
    return classes.transformClass(classes.parse(old), REWRITTEN);
  }

  public static void main(String[] paths) throws IOException {
    new ModernClasses().rewrite(Path.of(paths[0]), Path.of(paths[1]));
  }
}
