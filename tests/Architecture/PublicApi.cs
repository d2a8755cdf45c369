using Mono.Cecil;

namespace P2P.Architecture;

/// <summary>The public members of an assembly as sorted lines: what a user can compile against, and nothing else.</summary>
internal static class PublicApi
{
    private const string InitOnly = "System.Runtime.CompilerServices.IsExternalInit";

    public static string Describe(AssemblyDefinition assembly)
    {
        IEnumerable<string> lines = assembly.MainModule.GetTypes().Where(IsVisible).OrderBy(static t => t.FullName, StringComparer.Ordinal).SelectMany(Lines);
        return string.Join('\n', lines) + "\n";
    }

    private static IEnumerable<string> Lines(TypeDefinition type)
    {
        string name = NameOf(type);
        yield return $"{Kind(type)} {name}{Bases(type)}";
        List<string> members =
        [
            .. type.Fields.Where(static f => (f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly) && !f.IsSpecialName).Select(static f => Field(f)),
            .. type.Methods.Where(static m => IsVisible(m) && !m.IsGetter && !m.IsSetter && !m.IsAddOn && !m.IsRemoveOn).Select(Method),
            .. type.Properties.Where(static p => IsVisible(p.GetMethod) || IsVisible(p.SetMethod)).Select(Property),
            .. type.Events.Where(static e => IsVisible(e.AddMethod)).Select(static e => $"event {NameOf(e.EventType)} {e.Name}"),
        ];
        foreach (string member in members.Order(StringComparer.Ordinal))
        {
            yield return "  " + member;
        }
    }

    private static string Kind(TypeDefinition type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { BaseType.FullName: "System.MulticastDelegate" } => "delegate",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Bases(TypeDefinition type)
    {
        List<string> bases = [.. type.Interfaces.Select(static i => NameOf(i.InterfaceType)).Order(StringComparer.Ordinal)];
        if (type is { IsValueType: false, IsInterface: false, BaseType: { } up } && up.FullName is not "System.Object" and not "System.MulticastDelegate")
        {
            bases.Insert(0, NameOf(up));
        }

        return bases.Count > 0 ? " : " + string.Join(", ", bases) : string.Empty;
    }

    private static string Field(FieldDefinition field) =>
        (field.IsLiteral ? "const " : field.IsStatic ? "static " : string.Empty) + $"{NameOf(field.FieldType)} {field.Name}"
        + (field.HasConstant ? $" = {Constant(field.Constant)}" : string.Empty);

    private static string Method(MethodDefinition method)
    {
        string generic = method.HasGenericParameters ? $"<{string.Join(", ", method.GenericParameters.Select(static p => p.Name))}>" : string.Empty;
        string modifiers = method.IsStatic ? "static " : method is { IsVirtual: true, IsFinal: false, DeclaringType.IsInterface: false } ? "virtual " : string.Empty;
        string reach = method.IsFamily || method.IsFamilyOrAssembly ? "protected " : string.Empty;
        return $"{reach}{modifiers}{NameOf(method.ReturnType)} {method.Name}{generic}({string.Join(", ", method.Parameters.Select(Parameter))})";
    }

    private static string Parameter(ParameterDefinition parameter)
    {
        string direction = parameter.IsOut ? "out " : parameter.ParameterType.IsByReference ? (parameter.IsIn ? "in " : "ref ") : string.Empty;
        return $"{direction}{NameOf(parameter.ParameterType)} {parameter.Name}" + (parameter.HasConstant ? $" = {Constant(parameter.Constant)}" : string.Empty);
    }

    private static string Property(PropertyDefinition property)
    {
        bool isInit = property.SetMethod?.ReturnType is RequiredModifierType { ModifierType.FullName: InitOnly };
        string set = IsVisible(property.SetMethod) ? (isInit ? " init;" : " set;") : string.Empty;
        string get = IsVisible(property.GetMethod) ? " get;" : string.Empty;
        bool isStatic = (property.GetMethod ?? property.SetMethod) is { IsStatic: true };
        bool isRequired = property.CustomAttributes.Any(static a => a.AttributeType.Name == "RequiredMemberAttribute");
        string index = property.HasParameters ? $"[{string.Join(", ", property.Parameters.Select(Parameter))}]" : string.Empty;
        return $"{(isStatic ? "static " : string.Empty)}{(isRequired ? "required " : string.Empty)}{NameOf(property.PropertyType)} {property.Name}{index} {{{get}{set} }}";
    }

    private static string Constant(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "null",
    };

    private static string NameOf(TypeReference type) => type switch
    {
        RequiredModifierType modified => NameOf(modified.ElementType),
        ByReferenceType reference => NameOf(reference.ElementType),
        ArrayType array => NameOf(array.ElementType) + "[]",
        PointerType pointer => NameOf(pointer.ElementType) + "*",
        GenericInstanceType generic => $"{Plain(generic.ElementType)}<{string.Join(", ", generic.GenericArguments.Select(NameOf))}>",
        GenericParameter parameter => parameter.Name,
        { HasGenericParameters: true } => $"{Plain(type)}<{string.Join(", ", type.GenericParameters.Select(static p => p.Name))}>",
        _ => Plain(type),
    };

    private static string Plain(TypeReference type)
    {
        string name = type.Name.Split('`')[0];
        return type.DeclaringType is not null ? $"{Plain(type.DeclaringType)}.{name}"
            : type.Namespace.StartsWith("P2P.", StringComparison.Ordinal) ? $"{type.Namespace}.{name}"
            : name;
    }

    private static bool IsVisible(TypeDefinition type) =>
        type.DeclaringType is null ? type.IsPublic : (type.IsNestedPublic || type.IsNestedFamily) && IsVisible(type.DeclaringType);

    private static bool IsVisible(MethodDefinition? method) => method is not null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);
}
