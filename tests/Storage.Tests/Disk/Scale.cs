using System.Globalization;

namespace P2P.Storage.Tests.Disk;

/// <summary>How much the durability tests do: the figures of CI, or those of <c>tests/long/durability.sh</c>. The seed of a run is printed and can be given.</summary>
internal static class Scale
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("P2P_LONG") == "1";

    public static ulong Seed { get; } = ulong.TryParse(Environment.GetEnvironmentVariable("P2P_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : 4;

    public static int Of(int ci, int whenLong) => s_long ? whenLong : ci;
}
