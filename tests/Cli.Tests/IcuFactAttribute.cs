using System.Runtime.InteropServices;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>A fact that needs the tables of ICU: skipped with a reason where there are none, a failure in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class IcuFactAttribute : FactAttribute
{
    public IcuFactAttribute()
    {
        bool isThere = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            || Enumerable.Range(60, 40).Any(static version => NativeLibrary.TryLoad($"libicuuc.so.{version}", out _));
        if (!isThere && !Require.InCi)
        {
            Skip = "needs ICU: apt-get install libicu72, or the one of your system";
        }
    }
}
