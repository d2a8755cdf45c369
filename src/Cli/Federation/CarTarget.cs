using P2P.Cli.Commands;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Cli.Federation;

/// <summary>Into which document a CAR file goes: the one whose genesis block it holds, unless <c>--doc</c> names another.</summary>
internal static class CarTarget
{
    /// <param name="car">The file.</param>
    /// <param name="place">Data folder and network.</param>
    /// <param name="text">What <c>--doc</c> said: a name, a ticket, or an id, also of a document that is not here.</param>
    /// <exception cref="CliException">The file belongs to none or several, or not to the one that was named.</exception>
    public static Genesis Of(CarFile car, (string Folder, string Network) place, string? text)
    {
        Genesis[] carried = [.. car.Blocks.Select(static b => Genesis.TryDecode(b.Data.Span, out Genesis? genesis, out _) ? genesis : null).OfType<Genesis>()];
        if (text is null)
        {
            return carried.Length == 1 ? carried[0]
                : carried.Length == 0 ? throw new CliException(CliError.DocumentMissing, "The file holds no genesis block: say to which document it belongs (--doc NAME).")
                : throw new CliException(CliError.DocumentMissing, $"The file holds {carried.Length} documents; say which (--doc NAME): {string.Join(", ", carried.Select(static g => $"{Printable.Line(g.Name)} ({g.Cid})"))}");
        }

        if (Cid.TryParse(text, out Cid id) && Array.Find(carried, g => g.Cid == id) is Genesis named)
        {
            return named;
        }

        // A name is of this network; a file of another network holds another document of that name.
        Genesis meant = DocumentNames.Find(place.Folder, place.Network, text).Ticket.Genesis;
        Genesis[] alike = [.. carried.Where(g => g.Name == text)];
        return carried.Any(g => g.Cid == meant.Cid) || alike.Length != 1 ? meant
            : throw new CliException(
                CliError.RecordUnknown,
                $"The file's '{Printable.Line(text)}' is {alike[0].Cid} of network {alike[0].Network}, not {meant.Cid} of network {meant.Network}. Without --doc it goes where it belongs.");
    }
}
