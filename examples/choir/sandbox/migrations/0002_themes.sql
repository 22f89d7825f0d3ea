alter table desktops add column theme text not null default 'light';
