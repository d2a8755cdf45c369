using System.Text;
using P2P.Core.Multiformats;

namespace P2P.UnixFs;

/// <summary>
/// Which names may become files on this machine. A name comes from a stranger, and <c>../../.ssh/authorized_keys</c> is one; so is one whose letters
/// run backwards, which shows <c>gpj.exe</c> as <c>exe.jpg</c>.
/// </summary>
public static class FileNames
{
    /// <summary>Longest name, in bytes: what file systems take.</summary>
    public const int BytesMax = 255;

    private static readonly char[] s_never = [.. Path.GetInvalidFileNameChars(), '/', '\\', ':'];

    /// <summary>Whether the name stays inside its directory and means the same everywhere.</summary>
    /// <param name="name">One path segment.</param>
    public static bool IsSafe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length > 0 && name is not ("." or "..")
            && name.AsSpan().IndexOfAny(s_never) < 0
            && !name.Any(IsNeverShown)
            && !(OperatingSystem.IsWindows() && IsReserved(name))
            && Encoding.UTF8.GetByteCount(name) <= BytesMax;
    }

    /// <summary>Whether Windows would take the name for a device or drop its end; elsewhere it is a name like others.</summary>
    /// <param name="name">One path segment.</param>
    internal static bool IsReserved(string name)
    {
        string stem = name.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
        return name[^1] is '.' or ' '
            || stem is "CON" or "PRN" or "AUX" or "NUL"
            || (stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)) && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³');
    }

    /// <summary>Refuses an unsafe name.</summary>
    /// <param name="name">One path segment.</param>
    /// <param name="where">The directory that names it; none for a local path.</param>
    /// <exception cref="UnixFsException"><see cref="UnixFsError.UnsafeName"/>.</exception>
    public static void Check(string name, Cid where)
    {
        if (!IsSafe(name))
        {
            throw new UnixFsException(
                UnixFsError.UnsafeName, where, "An entry's name is no file name: 1 to 255 bytes, no '/', '\\', ':' or character that controls a terminal or the direction of text, neither '.' nor '..'.");
        }
    }

    // Marks of direction (U+200E, U+200F) stay: names in Hebrew and Arabic have them, and they turn nothing round.
    private static bool IsNeverShown(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
