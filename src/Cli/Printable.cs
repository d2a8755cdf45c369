using System.Text;

namespace P2P.Cli;

/// <summary>What others wrote, made safe for a terminal: control characters could move the cursor, forge lines or answer for the user.</summary>
internal static class Printable
{
    /// <summary>One line: control characters appear as pictures.</summary>
    public static string Line(string text) => Of(text, keepsLines: false);

    /// <summary>Text of several lines; line feeds and tabs stay.</summary>
    public static string Text(string text) => Of(text, keepsLines: true);

    private static string Of(string text, bool keepsLines)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')
            && !text.AsSpan().ContainsAnyInRange('\u202a', '\u202e') && !text.AsSpan().ContainsAnyInRange('\u2066', '\u2069'))
        {
            return text;
        }

        StringBuilder safe = new(text.Length);
        foreach (char c in text)
        {
            safe.Append(c switch
            {
                '\n' or '\t' when keepsLines => c,
                < ' ' => (char)('\u2400' + c), // the picture of the control character
                '\u007f' => '\u2421',
                >= '\u0080' and <= '\u009f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => '\ufffd', // and overrides of the direction
                _ => c,
            });
        }

        return safe.ToString();
    }
}
