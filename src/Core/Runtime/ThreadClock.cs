using System.Runtime.InteropServices;

namespace P2P.Core.Runtime;

/// <summary>CPU time of the calling thread, where the system tells (Linux). Only for measurements: nothing may depend on it.</summary>
internal static partial class ThreadClock
{
    private const string Library = "libc.so.6";
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID

    private static readonly bool s_isThere = OperatingSystem.IsLinux() && Environment.Is64BitProcess && NativeLibrary.TryLoad(Library, out _);

    /// <summary>CPU time so far; null where it is not known.</summary>
    public static TimeSpan? Now => s_isThere && clock_gettime(ThreadCpuTime, out Time time) == 0
        ? TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : null;

    [LibraryImport(Library)]
    private static partial int clock_gettime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
