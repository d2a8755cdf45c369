using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace P2P.ApiReference;

/// <summary>Documentation elements as Markdown.</summary>
internal sealed partial class MarkdownText(Func<string, string?> linkOf)
{
    /// <summary>One paragraph; nothing for nothing.</summary>
    public string Of(XElement? element)
    {
        if (element is null)
        {
            return "";
        }

        StringBuilder text = new();
        foreach (XNode node in element.Nodes())
        {
            Append(text, node);
        }

        return Blanks().Replace(text.ToString(), " ").Trim();
    }

    private void Append(StringBuilder text, XNode node)
    {
        if (node is XText plain)
        {
            text.Append(plain.Value.Replace("<", "&lt;", StringComparison.Ordinal));
            return;
        }

        if (node is not XElement element)
        {
            return;
        }

        string? target = (string?)element.Attribute("cref") ?? (string?)element.Attribute("langword") ?? (string?)element.Attribute("name");
        switch (element.Name.LocalName)
        {
            case "see" or "seealso" when (string?)element.Attribute("href") is { } address:
                text.Append('[').Append(element.Value.Length > 0 ? element.Value : address).Append("](").Append(address).Append(')');
                break;
            case "see" or "seealso" when target is not null:
                Reference(text, target);
                break;
            case "paramref" or "typeparamref" when target is not null:
                text.Append('`').Append(target).Append('`');
                break;
            case "c" or "code":
                text.Append('`').Append(element.Value).Append('`');
                break;
            case "para" or "item" or "list":
                text.Append(' ').Append(Of(element)).Append(' ');
                break;
            default:
                text.Append(Of(element));
                break;
        }
    }

    private void Reference(StringBuilder text, string target)
    {
        string? link = linkOf(target);
        string name = Name(target);
        text.Append(link is null ? $"`{name}`" : $"[`{name}`]({link})");
    }

    private static string Name(string target)
    {
        string id = target.Length > 2 && target[1] == ':' ? target[2..] : target;
        int bracket = id.IndexOf('(', StringComparison.Ordinal);
        string path = bracket < 0 ? id : id[..bracket];
        int dot = path.LastIndexOf('.');
        bool isMember = target.Length > 1 && target[0] is 'M' or 'P' or 'F' or 'E';
        int from = isMember && dot > 0 ? path.LastIndexOf('.', dot - 1) : dot;
        return Arity().Replace(path[(from + 1)..], "");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"`+\d+")]
    private static partial Regex Arity();
}
