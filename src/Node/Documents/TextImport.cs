using System.Text;

namespace P2P.Node.Documents;

/// <summary>Reads a text that is to replace a document's.</summary>
internal static class TextImport
{
    /// <summary>All of it, as far as it may be inserted at once.</summary>
    /// <param name="reader">Read to its end, or to the limit.</param>
    /// <param name="unitsMax">UTF-16 units.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="P2PException"><see cref="NodeError.TooLong"/>.</exception>
    public static async Task<string> ReadAsync(TextReader reader, int unitsMax, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        char[] buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer, cancellationToken)) > 0)
        {
            text.Append(buffer, 0, read);
            if (text.Length > unitsMax)
            {
                throw new P2PException(NodeError.TooLong, $"The text has more than the {unitsMax} UTF-16 units that are taken at once (TextOptions.InsertMax).");
            }
        }

        return text.ToString();
    }
}
