#pragma warning disable RS0030 // the seam itself
namespace P2P.Core.Runtime;

/// <summary>The system clock, named in one place. Everything else is given a <see cref="TimeProvider"/>.</summary>
public static class SystemTime
{
    /// <summary>The operating system's clock and timers.</summary>
    public static TimeProvider Provider => TimeProvider.System;
}
