"""What people type on repository pages, as typed values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from models_app.repositories.models import Visibility

LICENCES = [
    ("apache-2.0", "Apache 2.0"),
    ("mit", "MIT"),
    ("bsd-3-clause", "BSD 3-Clause"),
    ("mpl-2.0", "MPL 2.0"),
    ("gpl-3.0", "GPL 3.0"),
    ("agpl-3.0", "AGPL 3.0"),
    ("cc0-1.0", "CC0 1.0"),
    ("cc-by-4.0", "CC BY 4.0"),
    ("cc-by-sa-4.0", "CC BY-SA 4.0"),
    ("cc-by-nc-4.0", "CC BY-NC 4.0"),
    ("odc-by", "ODC-By"),
    ("openrail", "OpenRAIL"),
    ("other", _("Other")),
]


class CreateForm(forms.Form):
    owner = forms.ChoiceField(label=_("Owner"))
    name = forms.CharField(
        label=_("Name"),
        max_length=96,
        help_text=_("Letters, digits, “-”, “_” and “.”; people will type it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    licence = forms.ChoiceField(
        label=_("Licence"),
        choices=[("", _("None yet")), *LICENCES],
        required=False,
        help_text=_("Written to the card. Without one nobody may reuse the content."),
    )
    visibility = forms.ChoiceField(
        label=_("Visibility"), choices=Visibility.choices, widget=forms.RadioSelect, initial=Visibility.PUBLIC
    )

    def __init__(self, *args: Any, owners: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [(name, name) for name in owners]


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    chosen = ManyFilesField(label=_("Files"), widget=ManyFilesInput())
    folder = forms.CharField(
        label=_("Folder"), required=False, max_length=500, help_text=_("Empty for the top of the repository.")
    )
    summary = forms.CharField(label=_("What changes and why"), required=False, max_length=200)

    def clean_chosen(self) -> Any:
        limit = settings.MAX_REGULAR_FILE_BYTES
        for file in self.cleaned_data["chosen"]:
            if file.size > limit:
                raise forms.ValidationError(
                    gettext("%(name)s is larger than %(limit)d MB; upload it by the command below.")
                    % {"name": file.name, "limit": limit // 1_000_000}
                )
        return self.cleaned_data["chosen"]


class EditForm(forms.Form):
    """`seen` is the git id of the text that was opened; empty for a new file."""

    path = forms.CharField(
        label=_("Path"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    content = forms.CharField(
        label=_("Content"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "class": "mono editor", "spellcheck": "false"}),
    )
    summary = forms.CharField(label=_("What changes and why"), required=False, max_length=200)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_content(self) -> str:
        # Browsers send every line break as CRLF.
        text: str = self.cleaned_data["content"].replace("\r\n", "\n")
        return text if not text or text.endswith("\n") else f"{text}\n"


class DiscussionForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=300)
    description = forms.CharField(
        label=_("Description"), widget=forms.Textarea(attrs={"rows": 10}), help_text=_("Markdown works.")
    )


class CommentForm(forms.Form):
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Markdown works."),
    )


class TitleForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=300)


class VisibilityForm(forms.Form):
    visibility = forms.ChoiceField(
        label=_("Visibility"), choices=Visibility.choices, widget=forms.RadioSelect
    )


class ProtectionForm(forms.Form):
    """A name or pattern a line; an empty field protects nothing."""

    protected_branches = forms.CharField(
        label=_("Protected branches"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
        help_text=_("A name or a pattern on each line; * stands for any text, as in release/*."),
    )

    def patterns(self) -> list[str]:
        typed: str = self.cleaned_data["protected_branches"]
        return typed.split()


class MoveForm(forms.Form):
    owner = forms.ChoiceField(label=_("Owner"))
    name = forms.CharField(label=_("Name"), max_length=96)

    def __init__(self, *args: Any, owners: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [(name, name) for name in owners]


class DeleteForm(forms.Form):
    """Asks for the full name, so that nothing is deleted by a slip."""

    confirm = forms.CharField(label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, full_id: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.full_id = full_id

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"].strip()
        if typed != self.full_id:
            raise forms.ValidationError(gettext("Type %(name)s to delete it.") % {"name": self.full_id})
        return typed
