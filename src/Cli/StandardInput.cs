using System.Runtime.InteropServices;

namespace P2P.Cli;

/// <summary>Standard input of this process, which may have been closed before the start.</summary>
internal static partial class StandardInput
{
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC

    /// <summary>
    /// False where the process was started without one (<c>&lt;&amp;-</c>, as some supervisors do): descriptor 0 is then the first that the runtime opened for
    /// itself, a pipe that is never written to and never ends. Such a one is closed on exec; what a process was started with cannot be.
    /// </summary>
    public static bool IsOpen { get; } = OperatingSystem.IsWindows() || (Flags(0, GetDescriptorFlags) is >= 0 and int flags && (flags & CloseOnExec) == 0);

    /// <summary>Its bytes; none where there is none.</summary>
    public static Stream Open() => IsOpen ? ProcessInput.Open() : Stream.Null;

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flags(int descriptor, int command);
}
