using System.Globalization;

namespace P2P.Storage.Tests.Disk;

/// <summary>How much the durability tests do: the figures of CI, or those of <c>tests/long/durability.sh</c>. The seed of a run is printed and can be given.</summary>
internal static class Scale
{
    private static readonly int s_percent =
        int.TryParse(Environment.GetEnvironmentVariable("P2P_LONG_PERCENT"), NumberStyles.None, CultureInfo.InvariantCulture, out int percent) && percent > 0 ? percent : 100;

    private static readonly bool s_long = Environment.GetEnvironmentVariable("P2P_LONG") == "1";

    public static ulong Seed { get; } = ulong.TryParse(Environment.GetEnvironmentVariable("P2P_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : 4;

    /// <summary>How often, in CI and in the long script; <c>P2P_LONG_PERCENT</c> makes the long script shorter, to see whether it runs at all.</summary>
    public static int Of(int ci, int whenLong) => s_long ? Math.Max(1, (int)((long)whenLong * s_percent / 100)) : ci;
}
